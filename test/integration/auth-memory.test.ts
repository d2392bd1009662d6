import { authTable } from './auth-table.js';
import { openMemoryPorts } from './http-stack.js';

authTable('memory', openMemoryPorts);
