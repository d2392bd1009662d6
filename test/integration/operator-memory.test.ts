import { openMemoryPorts } from './http-stack.js';
import { operatorSuite } from './operator-suite.js';

operatorSuite('memory', openMemoryPorts);
