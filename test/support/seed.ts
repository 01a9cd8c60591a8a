import fc from "fast-check";

// The same examples in every run, so that a failure means a change of the code; FC_SEED=$RANDOM npm test tries others.
fc.configureGlobal({ seed: Number(process.env.FC_SEED || 20261123) });
