package dev.ssebroker;

import java.util.concurrent.BlockingQueue;

/** Makes the queues of a broker's clients. A benchmark puts the JDK's queues in their place. */
interface BrokerQueues {
  BrokerQueues OWN =
      (settings, counters) ->
          switch (settings.overflow().action()) {
            case DROP_OLDEST ->
                new DroppingQueue(settings.queueEvents(), settings.queueBytes(), counters);
            case LATEST -> new LatestQueue(settings.queueEvents(), settings.queueBytes(), counters);
            case REPLAY, AWAIT, DROP_NEWEST, DISCONNECT ->
                new FrameQueue(settings.queueEvents(), settings.queueBytes());
          };

  BlockingQueue<Frame> create(SubscriptionSettings settings, BrokerCounters counters);
}
