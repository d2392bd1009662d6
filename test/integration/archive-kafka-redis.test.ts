import { archiveSuite } from './archive-suite.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';

withKafkaAndRedis('archive', (open) => {
  archiveSuite('Kafka and Redis', open);
});
