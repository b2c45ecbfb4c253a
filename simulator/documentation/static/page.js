// Starts Swagger UI: dark where the system is, with a filter that looks at every word of an operation.
"use strict";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
paint();
dark.addEventListener("change", paint);

// Swagger UI's own filter looks at tags alone. Here every word must stand somewhere in tag, method, path, id or summary.
const FilterByWords = () => ({
  fn: {
    opsFilter: (tagged, phrase) => {
      const words = phrase.toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (tag) => (entry) => {
        const operation = entry.get("operation");
        const said = [tag, entry.get("method"), entry.get("path"), operation.get("operationId"), operation.get("summary")];
        const text = said.join(" ").toLowerCase();
        return words.every((word) => text.includes(word));
      };
      return tagged
        .map((group, tag) => group.update("operations", (operations) => operations.filter(fits(tag))))
        .filter((group) => group.get("operations").size > 0);
    },
  },
});

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  displayOperationId: true,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  persistAuthorization: true,
  plugins: [FilterByWords],
  tryItOutEnabled: true,
  validatorUrl: null,
  onComplete: () => {
    // What a sandbox of this machine prints at its start; one that others can reach gives nothing here.
    const secrets = JSON.parse(document.body.dataset.secrets);
    for (const [scheme, value] of Object.entries(secrets)) ui.preauthorizeApiKey(scheme, value);
    document.querySelector(".operation-filter-input").placeholder = "Filter by words of tag, method, path, id or summary";
  },
});
