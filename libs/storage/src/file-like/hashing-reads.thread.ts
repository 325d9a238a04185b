import { serve } from '@havun/threads';
import { doReading } from './hashing-reads.js';

serve(doReading);

/** The build puts the text of this program here. */
export default '';
