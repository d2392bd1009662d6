import { archiveSuite } from './archive-suite.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';
import { partedSuite } from './parted-suite.js';

withKafkaAndRedis('archive', (open) => {
  archiveSuite('Kafka and Redis', open);
  partedSuite('Kafka and Redis', open);
});
