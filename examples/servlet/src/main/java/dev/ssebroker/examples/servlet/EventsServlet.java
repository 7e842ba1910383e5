package dev.ssebroker.examples.servlet;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.Sink;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Answers GET /events/news with the stream of the topic {@code news}. */
final class EventsServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  private final transient Broker broker;

  EventsServlet(Broker broker) {
    this.broker = broker;
  }

  /** Waits on a virtual thread until the client has ended. The servlet may return only then. */
  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("text/event-stream");
    response.setHeader("Cache-Control", "no-cache, no-store, no-transform");
    response.setHeader("X-Accel-Buffering", "no");
    try {
      broker
          .subscription(request.getPathInfo().substring(1))
          .lastEventId(request.getHeader("Last-Event-ID"))
          .open(Sink.of(response.getOutputStream()))
          .awaitEnd();
    } catch (IllegalArgumentException e) {
      response.sendError(HttpServletResponse.SC_NOT_FOUND);
    } catch (BrokerClosedException e) {
      response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
