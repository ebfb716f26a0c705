import { fileURLToPath } from "node:url";
import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import { defineConfig, globalIgnores } from "eslint/config";
import ts from "typescript-eslint";

const here = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig(
  globalIgnores([
    "**/node_modules",
    "target",
    "plugins/*/guest-js/dist",
    "ui/dist",
    "ui/dist-gallery",
    "ui/wasm",
    "ui/src/generated",
    "tests/e2e/results",
  ]),
  {
    files: ["**/*.ts", "**/*.svelte"],
    extends: [
      js.configs.recommended,
      ts.configs.strictTypeChecked,
      ts.configs.stylisticTypeChecked,
    ],
    languageOptions: {
      parserOptions: {
        project: [
          "./plugins/peer-connection/guest-js/tsconfig.json",
          "./plugins/peer-connection/guest-js/tsconfig.node.json",
          "./ui/tsconfig.json",
          "./ui/tsconfig.node.json",
          "./tests/e2e/tsconfig.json",
        ],
        tsconfigRootDir: here,
        extraFileExtensions: [".svelte"],
      },
    },
    rules: {
      // Playwright reads from the first parameter which fixtures one of them needs: `{}` is none.
      "no-empty-pattern": ["error", { allowObjectPatternsAsParameters: true }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "MemberExpression[property.name='innerHTML']",
          message: "What others write is text, never markup.",
        },
      ],
      "@typescript-eslint/consistent-type-definitions": ["error", "interface"],
      "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: true }],
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ["**/*.svelte"],
    extends: [svelte.configs.recommended],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      // The type checker knows better what there is.
      "no-undef": "off",
      "svelte/no-at-html-tags": "error",
    },
  },
);
