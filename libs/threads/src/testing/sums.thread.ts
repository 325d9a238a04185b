import { serve } from '../serve.js';
import { doSum } from './sums.js';

serve(doSum);

/** The build puts the text of this program here. */
export default '';
