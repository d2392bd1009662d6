import { httpSuite } from './http-suite.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';

withKafkaAndRedis('http', (open) => httpSuite('Kafka and Redis', open));
