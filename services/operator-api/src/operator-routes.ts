import type { HttpServer } from '@refold/service';
import type { Operating } from './operating.js';
import { decideOperationRoutes } from './routes/decide-operation.js';
import { executeOperationRoute } from './routes/execute-operation.js';
import { listParkedRoute } from './routes/list-parked.js';
import { readDeadLetterRoute } from './routes/read-dead-letter.js';
import { readParkedRoute } from './routes/read-parked.js';
import { explainStreamRoute } from './routes/explain-stream.js';
import { generationRoutes } from './routes/generations.js';
import { listOperationsRoute } from './routes/list-operations.js';
import { planOperationRoute } from './routes/plan-operation.js';
import { readOperationRoute } from './routes/read-operation.js';

/** Every route for operators. */
export function operatorRoutes(app: HttpServer, operating: Operating): void {
  planOperationRoute(app, operating);
  decideOperationRoutes(app, operating);
  executeOperationRoute(app, operating);
  listOperationsRoute(app, operating);
  readOperationRoute(app, operating);
  listParkedRoute(app, operating);
  readParkedRoute(app, operating);
  readDeadLetterRoute(app, operating);
  explainStreamRoute(app, operating);
  generationRoutes(app, operating);
}
