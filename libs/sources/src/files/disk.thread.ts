import { serve } from '@havun/archive/threads';
import { askDisk } from './disk-jobs.js';

serve(askDisk);

/** The build puts this program's text here. */
export default '';
