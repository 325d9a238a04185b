import { serve } from '@havun/threads';
import { doReading } from './hashing-reads.js';

serve(doReading);

/** The build puts this program's text here. */
export default '';
