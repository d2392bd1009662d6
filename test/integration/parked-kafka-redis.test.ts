import { withKafkaAndRedis } from './kafka-redis-ports.js';
import { lettersSuite } from './letters-suite.js';
import { parkedSuite } from './parked-suite.js';

withKafkaAndRedis('parked', (open) => {
  parkedSuite('Kafka and Redis', open);
  lettersSuite('Kafka and Redis', open);
});
