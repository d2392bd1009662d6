import { withKafkaAndRedis } from './kafka-redis-ports.js';
import { operatorSuite } from './operator-suite.js';

withKafkaAndRedis('operator', (open) => operatorSuite('Kafka and Redis', open));
