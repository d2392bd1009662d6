import { archiveSuite } from './archive-suite.js';
import { openMemoryPorts } from './http-stack.js';

archiveSuite('memory', openMemoryPorts);
