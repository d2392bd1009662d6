import { authTable } from './auth-table.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';

withKafkaAndRedis('auth', (open) => authTable('Kafka and Redis', open));
