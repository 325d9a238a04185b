import { serve } from '../threads/serve.js';
import { unpack } from './unpack.js';

serve(unpack);

/** The build puts this program's text here. */
export default '';
