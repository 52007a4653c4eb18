// The names that JSDoc uses: shapes of the API's answers, taken from the generated api.d.ts, and what browsers have and TypeScript lacks.

import type { paths } from "./generated/api";

type Ok<Operation> = Operation extends { responses: { 200: { content: { "application/json": { data: infer Data } } } } } ? Data : never;

declare global {
  type ReadPath = { [Path in keyof paths]: paths[Path] extends { get: unknown } ? Path : never }[keyof paths];
  type WritePath = { [Path in keyof paths]: paths[Path] extends { post: unknown } ? Path : never }[keyof paths];
  type Answer<Path extends ReadPath> = Ok<paths[Path]["get"]>;
  type Stored<Path extends WritePath> = Ok<paths[Path]["post"]>;

  type Periods = Answer<"/periods">;
  type Definitions = Answer<"/metrics/definitions">;
  type Metric = Definitions["metrics"][number];
  type SmartNumberDefinition = Definitions["smartnumbers"][number];
  type AnyNumber = Metric | SmartNumberDefinition;
  type Unit = Metric["unit"] | SmartNumberDefinition["unit"];
  type MonthlyMetric = Answer<"/metrics/monthly">["metrics"][number];
  type SmartNumber = Answer<"/smartnumbers">["smartnumbers"][number];
  type Table = Answer<"/metrics/table">;
  type Series = Answer<"/metrics/series">;
  type Rows = Answer<"/metrics/rows">;
  type Finding = Answer<"/findings">["findings"][number];
  type Restatement = Answer<"/restatements">["restatements"][number];
  type Preview = Answer<"/thresholds/preview">["subjects"][number];
  type CollectionStatus = Answer<"/collection/status">;
  type CollectedVendor = CollectionStatus["vendors"][number];
  type Source = { name: Metric["vendor"]; id: number };
  type ValueChange = Answer<"/metrics/history">["changes"][number];
  type LogEntry = Answer<"/collection/log">["rows"][number];

  type Child = Node | string | number | null | undefined;
  type Children = Child | readonly Children[];

  interface JSON {
    rawJSON?(text: string): unknown;
  }
  interface Window {
    Chart: any;
  }
}
