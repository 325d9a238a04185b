import { serve } from '@havun/threads';
import { unpack } from './unpack.js';

serve(unpack);

/** The build puts the text of this program here. */
export default '';
