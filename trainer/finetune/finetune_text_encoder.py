#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fine-tunes a BERT text encoder on several labelled sets of texts at once, and quantizes it.

Reads and writes ONNX: the weights of the graph are trained in PyTorch and put back into the same graph, which is then
quantized dynamically (weights to 8 bits a channel). One encoder for all tasks: each has a linear layer on the encoder's
embedding (first token, length 1), which is only for training; heads are trained afterwards, by the project's trainer.

Several runs with different seeds and learning rates; their weights are averaged as long as the validation part improves
(Wortsman et al., Model soups, ICML 2022). Rows are split as the trainer splits them: by the first six hexadecimal digits of
the SHA-256 of the row's group, modulo 10; 0 and 1 are for testing and never seen, 2 is for validation.

Needs Python 3.10 or newer with torch, transformers, tokenizers, onnx, onnxruntime and scikit-learn, and a GPU to be done
in minutes.

    finetune_text_encoder.py --model MODEL.onnx --tokenizer tokenizer.json --data DIR --out DIR
"""

import argparse
import csv
import hashlib
import json
import math
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, recall_score
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel

# A set's folder, its table, the columns of text and of what rows are grouped by.
SETS = {
    "text-offensive": ("text-offensive/labels.tsv", "text", "id"),
    "text-hate": ("text-hate/labels.tsv", "text", "id"),
    "text-sentiment": ("text-sentiment/labels.tsv", "text", "id"),
    "image-text-sentiment": ("image-text-sentiment/labels.tsv", "text", "id"),
    "mosi": ("mosi/utterances.tsv", "transcript", "video"),
}
LONGEST = 128
SCALE = math.sqrt(384)


def log(*what):
    print(f"{time.time() - BEGIN:7.1f} s", *what, flush=True)


def split(group):
    bucket = int(hashlib.sha256(group.encode()).hexdigest()[:6], 16) % 10
    return "test" if bucket < 2 else "validation" if bucket == 2 else "train"


def read(data, tokenizer):
    """The rows of every set: task, token ids, label and part."""
    rows, labels = [], {}
    for task, (table, text, group) in SETS.items():
        path = data / table
        if not path.exists():
            log("no", path)
            continue
        with open(path, encoding="utf-8", newline="") as file:
            table_rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        labels[task] = sorted({row["label"] for row in table_rows})
        encoded = tokenizer.encode_batch([row[text] for row in table_rows])
        for row, tokens in zip(table_rows, encoded):
            rows.append((task, tokens.ids[:LONGEST], labels[task].index(row["label"]), split(row[group])))
    return rows, labels


def names(graph):
    """PyTorch's names of the graph's weights; those of matrices are known by their nodes alone, and are transposed."""
    found = {each.name: (each.name, False) for each in graph.initializer if "embeddings" in each.name or "encoder." in each.name}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1].startswith("onnx::MatMul"):
            module = node.name.strip("/").replace("/MatMul", "").replace("/", ".")
            found[node.input[1]] = (module + ".weight", True)
    return found


def build(model):
    config = BertConfig(
        vocab_size=30522, hidden_size=384, num_hidden_layers=12, num_attention_heads=12, intermediate_size=1536,
        max_position_embeddings=512, type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12)
    bert = BertModel(config, add_pooling_layer=False)
    state = {}
    mapping = names(model.graph)
    for initializer in model.graph.initializer:
        if initializer.name in mapping:
            name, transposed = mapping[initializer.name]
            value = numpy_helper.to_array(initializer)
            state[name] = torch.tensor(value.T.copy() if transposed else value.copy())
    missing, unexpected = bert.load_state_dict(state, strict=False)
    assert not [each for each in missing if "position_ids" not in each], missing
    assert not [each for each in unexpected if "position_ids" not in each], unexpected
    return bert


class Classifier(nn.Module):
    def __init__(self, bert, labels):
        super().__init__()
        self.bert = bert
        self.heads = nn.ModuleDict({task: nn.Linear(384, len(each)) for task, each in labels.items()})
        for head in self.heads.values():
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def embed(self, ids, mask):
        first = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]
        return nn.functional.normalize(first.float(), dim=-1)

    def logits(self, task, embedding):
        return self.heads[task](embedding * SCALE)


def batch(rows, device):
    width = max(len(row[1]) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row[1])] = torch.tensor(row[1])
        mask[i, : len(row[1])] = 1
    return ids.to(device), mask.to(device)


@torch.no_grad()
def scores(model, rows, labels, device):
    """Macro F1 and macro recall of every task, by the classifier's own layers."""
    model.eval()
    result = {}
    for task in labels:
        mine = sorted((row for row in rows if row[0] == task), key=lambda row: len(row[1]))
        predicted, true = [], []
        for i in range(0, len(mine), 256):
            part = mine[i : i + 256]
            with torch.autocast("cuda", dtype=torch.bfloat16):
                embedding = model.embed(*batch(part, device))
            predicted += model.logits(task, embedding).argmax(1).tolist()
            true += [row[2] for row in part]
        result[task] = (f1_score(true, predicted, average="macro"), recall_score(true, predicted, average="macro"))
    return result


def mean(result):
    return sum(f1 for f1, _ in result.values()) / len(result)


def show(result):
    return " ".join(f"{task} {f1:.4f}/{recall:.4f}" for task, (f1, recall) in result.items())


def train(model, rows, validation, labels, device, seed, rate, epochs, decay, dropout, size=32):
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    for module in model.bert.modules():
        if isinstance(module, nn.Dropout):
            module.p = dropout
    groups = []
    for name, parameter in model.named_parameters():
        depth = 13 if name.startswith("heads") else 0 if "embeddings" in name else int(name.split("layer.")[1].split(".")[0]) + 1
        factor = 30 if name.startswith("heads") else decay ** (12 - depth)
        groups.append({"params": [parameter], "lr": rate * factor, "weight_decay": 0.01 if parameter.dim() > 1 else 0})
    optimizer = torch.optim.AdamW(groups, fused=True)
    steps = epochs * math.ceil(len(rows) / size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(step / (0.06 * steps), max(0, (steps - step) / (0.94 * steps))))
    best, best_state = -1, None
    for epoch in range(epochs):
        model.train()
        order = generator.permutation(len(rows))
        # Rows of like length share a batch, within chunks of fifty batches.
        chunks = [sorted(order[i : i + 50 * size], key=lambda k: len(rows[k][1])) for i in range(0, len(order), 50 * size)]
        batches = [chunk[i : i + size] for chunk in chunks for i in range(0, len(chunk), size)]
        generator.shuffle(batches)
        for each in batches:
            part = [rows[k] for k in each]
            with torch.autocast("cuda", dtype=torch.bfloat16):
                embedding = model.embed(*batch(part, device))
            loss = 0
            for task in labels:
                mine = [i for i, row in enumerate(part) if row[0] == task]
                if mine:
                    target = torch.tensor([part[i][2] for i in mine], device=device)
                    loss = loss + nn.functional.cross_entropy(
                        model.logits(task, embedding[mine]), target, reduction="sum", label_smoothing=0.05)
            loss = loss / len(part)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        result = scores(model, validation, labels, device)
        log(f"seed {seed} rate {rate} decay {decay} dropout {dropout} epoch {epoch + 1}: mean {mean(result):.4f}; {show(result)}")
        if mean(result) > best:
            best = mean(result)
            best_state = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
    return best, best_state


def average(states):
    return {name: sum(state[name].float() for state in states) / len(states) if states[0][name].is_floating_point()
            else states[0][name] for name in states[0]}


def put_back(model, state):
    mapping = names(model.graph)
    for initializer in model.graph.initializer:
        if initializer.name in mapping:
            name, transposed = mapping[initializer.name]
            value = state["bert." + name].float().numpy()
            initializer.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value.T if transposed else value), initializer.name))


def embeddings(path, rows):
    """By ONNX Runtime, one unpadded row a run, as the pipeline does it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    from concurrent.futures import ThreadPoolExecutor

    def one(row):
        ids = np.array([row[1]], dtype=np.int64)
        out = session.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})
        first = out[0][0, 0]
        return first / np.linalg.norm(first)

    with ThreadPoolExecutor(16) as pool:
        return np.stack(list(pool.map(one, rows)))


def calibration_error(probabilities, true, bins=15):
    confidence, predicted = probabilities.max(1), probabilities.argmax(1)
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(abs(confidence[index == b].mean() - (predicted == true)[index == b].mean()) * (index == b).mean()
               for b in range(bins) if (index == b).any())


def probe(path, rows, labels):
    """Linear heads on the quantized encoder's embeddings, as a user would train them; figures of the test part."""
    figures = {}
    for task in labels:
        mine = [row for row in rows if row[0] == task]
        vectors = embeddings(path, mine)
        true = np.array([row[2] for row in mine])
        part = np.array([row[3] for row in mine])
        fit, check, test = part == "train", part == "validation", part == "test"
        best = None
        for strength in (0.01, 0.1, 1, 10):
            head = LogisticRegression(C=strength, max_iter=2000).fit(vectors[fit], true[fit])
            p = head.predict_proba(vectors[check])
            loss = -np.log(np.maximum(p[np.arange(len(p)), true[check]], 1e-9)).mean()
            if best is None or loss < best[0]:
                best = (loss, strength, head)
        p = best[2].predict_proba(vectors[test])
        predicted = p.argmax(1)
        figures[task] = {
            "n": int(test.sum()), "accuracy": float((predicted == true[test]).mean()),
            "macro_f1": float(f1_score(true[test], predicted, average="macro")),
            "macro_recall": float(recall_score(true[test], predicted, average="macro")),
            "ece": float(calibration_error(p, true[test])), "C": best[1]}
        log(path.name, task, figures[task])
    return figures


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--tokenizer", type=Path, required=True)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--seconds", type=float, default=1e9, help="no further run is begun after this")
    arguments.add_argument("--probe-original", action="store_true")
    options = arguments.parse_args()
    device = "cuda"
    torch.backends.cuda.matmul.allow_tf32 = True
    tokenizer = Tokenizer.from_file(str(options.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    rows, labels = read(options.data, tokenizer)
    parts = {part: [row for row in rows if row[3] == part] for part in ("train", "validation", "test")}
    log({part: len(each) for part, each in parts.items()}, {task: each for task, each in labels.items()})
    original = onnx.load(str(options.model))

    # The same numbers from both, before anything is trained.
    check = Classifier(build(original), labels).to(device).eval()
    reference = embeddings(options.model, rows[:8])
    with torch.no_grad():
        ours = check.embed(*batch(rows[:8], device)).cpu().numpy()
    log("parity before training:", float((reference * ours).sum(1).min()))
    assert (reference * ours).sum(1).min() > 0.9999

    runs = [(1, 5e-5, 4, 0.9, 0.1), (2, 8e-5, 4, 0.9, 0.1), (3, 5e-5, 4, 0.95, 0.15), (4, 1e-4, 4, 0.85, 0.1), (5, 8e-5, 4, 0.9, 0.2), (6, 5e-5, 4, 0.9, 0.1)]
    found = []
    for seed, rate, epochs, decay, dropout in runs:
        if time.time() - BEGIN > options.seconds:
            log("no time for further runs")
            break
        model = Classifier(build(original), labels).to(device)
        found.append(train(model, parts["train"], parts["validation"], labels, device, seed, rate, epochs, decay, dropout))
        log(f"best {found[-1][0]:.4f}; test {show(scores(restored(model, found[-1][1]), parts['test'], labels, device))}")
    found.sort(key=lambda each: -each[0])
    chosen, best = [found[0][1]], found[0][0]
    for _, state in found[1:]:
        value = mean(scores(restored(model, average(chosen + [state])), parts["validation"], labels, device))
        log(f"soup of {len(chosen) + 1}: {value:.4f}")
        if value >= best:
            chosen, best = chosen + [state], value
    soup = average(chosen)
    log(f"soup of {len(chosen)}: validation {best:.4f}; test {show(scores(restored(model, soup), parts['test'], labels, device))}")
    put_back(original, soup)
    options.out.mkdir(parents=True, exist_ok=True)
    full = options.out / "fp32.onnx"
    onnx.save(original, str(full))
    figures = {"members": len(chosen)}
    for name, arguments in {"int8": dict(weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)}.items():
        quantized = options.out / (name + ".onnx")
        quantize_dynamic(str(full), str(quantized), **arguments)
        log(name, quantized.stat().st_size)
        figures[name] = probe(quantized, rows, labels)
    (options.out / "figures.json").write_text(json.dumps(figures, indent=1))


def restored(model, state):
    model.load_state_dict(state)
    return model


BEGIN = time.time()
if __name__ == "__main__":
    main()
