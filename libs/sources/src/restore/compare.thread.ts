import { serve } from '@havun/threads';
import { compareAll } from './compare-jobs.js';

serve(compareAll);

/** The build replaces this by the text of the program. */
export default '';
