import { httpSuite } from './http-suite.js';
import { openMemoryPorts } from './http-stack.js';

httpSuite('memory', openMemoryPorts);
