/** The program of a worker process of `keyhold serve --workers`. */
import { runWorker } from '../server/workers/worker.ts'

runWorker({
  readHsmClusters: async (file) => (await import('./hsm-clusters.ts')).readHsmClusters(file),
})
