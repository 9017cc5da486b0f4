/** Every entry point of the built package resolves by name, and to something with types. */
import { expectNotType } from "tsd";
import * as root from "safer-ring";
import * as native from "safer-ring/native";
import * as queue from "safer-ring/queue";
import * as sim from "safer-ring/sim";
import * as spec from "safer-ring/spec";

/* eslint-disable @typescript-eslint/no-explicit-any -- that a module is not `any` is the test */
expectNotType<any>(root);
expectNotType<any>(native);
expectNotType<any>(queue);
expectNotType<any>(sim);
expectNotType<any>(spec);
