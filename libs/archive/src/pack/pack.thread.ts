import { serve } from '@havun/threads';
import { pack } from './pack.js';

serve(pack);

/** The build puts this program's text here. */
export default '';
