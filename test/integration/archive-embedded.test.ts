import { archiveSuite } from './archive-suite.js';
import { openEmbeddedPorts } from './embedded-ports.js';

archiveSuite('the embedded folder', openEmbeddedPorts);
