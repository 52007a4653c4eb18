// What eslint asks of the dashboard's scripts and of their tests. Run it from the top folder: ./check does.

import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      complexity: ["error", 10],
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-depth": ["error", 3],
      "max-lines": ["error", 330],
      "max-params": ["error", 5],
      "no-implicit-coercion": "error",
      "no-shadow": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
  { files: ["qbr_pipeline/**"], languageOptions: { globals: globals.browser } },
  { files: ["qbr_pipeline_tests/**", "tools/**"], languageOptions: { globals: globals.node } },
];
