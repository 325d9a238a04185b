import { serve } from '@havun/threads';
import { askDisk } from './disk-jobs.js';

serve(askDisk);

/** The build replaces this by the text of the program. */
export default '';
