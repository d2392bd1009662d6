import { openEmbeddedPorts } from './embedded-ports.js';
import { operatorSuite } from './operator-suite.js';

operatorSuite('the embedded folder', openEmbeddedPorts);
