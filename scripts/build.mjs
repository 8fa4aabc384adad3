// `npm run build`: what `npm start` does before it starts.
import { setup } from './setup.mjs'

await setup()
