import { openMemoryPorts } from './http-stack.js';
import { lettersSuite } from './letters-suite.js';
import { parkedSuite } from './parked-suite.js';

parkedSuite('memory', openMemoryPorts);
lettersSuite('memory', openMemoryPorts);
