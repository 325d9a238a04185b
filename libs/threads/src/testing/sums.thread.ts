import { serve } from '../serve.js';
import { doSum } from './sums.js';

serve(doSum);

/** The build puts this program's text here. */
export default '';
