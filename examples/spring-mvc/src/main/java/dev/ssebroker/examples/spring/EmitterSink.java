package dev.ssebroker.examples.spring;

import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;

/**
 * Each batch is one send, which Spring flushes. Completing an emitter does not free a send that is
 * blocked, as a broker with a client that does not read would have it: Tomcat's time limit does.
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
