import { openEmbeddedPorts } from './embedded-ports.js';
import { httpSuite } from './http-suite.js';

httpSuite('the embedded folder', openEmbeddedPorts);
