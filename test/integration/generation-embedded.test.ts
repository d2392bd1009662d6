import { openEmbeddedPorts } from './embedded-ports.js';
import { generationSuite } from './generation-suite.js';

generationSuite('the embedded folder', openEmbeddedPorts);
