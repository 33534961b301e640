// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer.head;

import java.util.List;

/**
 * The tensor algebra that a head is written in. What trains it and what exports it are two implementations, so the
 * exported graph cannot drift from the trained one. The first axis is the batch.
 *
 * @param <T> a tensor
 */
interface Algebra<T> {

    /** A trained weight, by name. */
    T weight(String name);

    T constant(float[] values, long... shape);

    /** Product of matrices, or over the last two axes of tensors of rank three. */
    T matMul(T left, T right);

    T add(T left, T right);

    T sub(T left, T right);

    T mul(T left, T right);

    T div(T left, T right);

    T tanh(T x);

    T relu(T x);

    T log(T x);

    T sqrt(T x);

    T clip(T x, float least, float most);

    T softmax(T x, int axis);

    T concat(List<T> parts, int axis);

    /** The columns {@code from} to {@code to}, exclusive, of an axis. */
    T slice(T x, int axis, int from, int to);

    /** @param shape -1 for the batch */
    T reshape(T x, long... shape);

    T transpose(T x, int... order);

    /** Over one axis, which stays with size 1. */
    T sum(T x, int axis);

    /** While training, zeros a share of the numbers and scales up the others; else nothing. */
    T dropout(T x, double share);
}
