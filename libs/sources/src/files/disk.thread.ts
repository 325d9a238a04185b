import { serve } from '@havun/threads';
import { askDisk } from './disk-jobs.js';

serve(askDisk);

/** The build puts this program's text here. */
export default '';
