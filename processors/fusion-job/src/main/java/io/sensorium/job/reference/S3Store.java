// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import io.sensorium.job.config.PipelineConfig.References;
import io.sensorium.job.records.FailureCode;
import java.io.IOException;
import java.net.URI;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.ProxyConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Objects of S3, or of what answers like it at {@code references.s3.endpoint}. Credentials are what the AWS SDK finds
 * in environment, profile files or the machine's role.
 */
final class S3Store implements MediaStore {

    private final S3Client client;

    S3Store(References references) {
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(references.s3().region()))
                .forcePathStyle(references.s3().pathStyle())
                // Not every S3 knows Amazon's own checksums; ours is the reference's.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                // The fetcher tries again itself, over all kinds of references alike.
                .overrideConfiguration(settings -> settings.retryStrategy(retries -> retries.maxAttempts(1)))
                .httpClient(UrlConnectionHttpClient.builder()
                        .connectionTimeout(references.connectTimeout())
                        .socketTimeout(references.timeout())
                        .proxyConfiguration(ProxyConfiguration.builder()
                                .useSystemPropertyValues(false)
                                .useEnvironmentVariablesValues(false)
                                .build())
                        .build());
        if (!references.s3().endpoint().isEmpty()) {
            builder.endpointOverride(URI.create(references.s3().endpoint()));
        }
        client = builder.build();
    }

    @Override
    public Opened open(URI uri, Consumer<Runnable> abort) throws IOException, ReferenceException {
        try {
            ResponseInputStream<GetObjectResponse> stream = client.getObject(
                    get -> get.bucket(uri.getAuthority()).key(uri.getPath().substring(1)));
            Long length = stream.response().contentLength();
            return new Opened(stream, length == null ? -1 : length, stream::abort);
        } catch (AwsServiceException e) {
            boolean again = e.statusCode() >= 500 || e.statusCode() == 429;
            throw new ReferenceException(
                    FailureCode.REFERENCE_UNREACHABLE,
                    ReferencePolicy.shown(uri) + ": S3 answers with status " + e.statusCode()
                            + (e.awsErrorDetails() == null
                                    ? ""
                                    : ", " + e.awsErrorDetails().errorCode()),
                    again);
        } catch (SdkException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public String origin(URI uri) {
        return "s3://" + uri.getAuthority();
    }

    @Override
    public void close() {
        client.close();
    }
}
