import { serve } from '@havun/threads';
import { pack } from './pack.js';

serve(pack);

/** The build puts the text of this program here. */
export default '';
