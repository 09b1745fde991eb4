// Checking files of a trail, of this library's or of AWS's, where there is no store.
export {
  checkTrailFiles,
  type FileProblem,
  type FileProblemKind,
  type FilesReport,
  type TrailFile,
  type TrailPublicKey,
} from './check-files.ts';
export type { CloudTrailRecord } from './record.ts';
