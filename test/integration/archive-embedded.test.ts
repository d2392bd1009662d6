import { archiveSuite } from './archive-suite.js';
import { openEmbeddedPorts } from './embedded-ports.js';
import { partedSuite } from './parted-suite.js';

archiveSuite('the embedded folder', openEmbeddedPorts);
partedSuite('the embedded folder', openEmbeddedPorts);
