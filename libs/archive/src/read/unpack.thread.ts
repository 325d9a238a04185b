import { serve } from '@havun/threads';
import { unpack } from './unpack.js';

serve(unpack);

/** The build puts this program's text here. */
export default '';
