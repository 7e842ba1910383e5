package dev.ssebroker.examples.spring;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/**
 * Sends each batch at once; Spring flushes it. Completing an emitter does not free a send that is
 * blocked by a client that does not read. Tomcat's connection timeout frees it.
 */
record EmitterSink(ResponseBodyEmitter emitter) implements Sink {

  @Override
  public void write(Batch batch) throws IOException {
    emitter.send(batch.toByteArray(), MediaType.APPLICATION_OCTET_STREAM);
  }

  @Override
  public void close() {
    emitter.complete();
  }
}
