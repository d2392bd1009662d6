import { generationSuite } from './generation-suite.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';

withKafkaAndRedis('generations', (open) => generationSuite('Kafka and Redis', open));
