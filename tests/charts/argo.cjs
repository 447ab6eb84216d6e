// Asks Argo CD's schema, as @kubernetes-models/argo-cd compiles it, about each document of a file: null, or what is wrong.
const fs = require("fs");
const { Application } = require("@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application");

const documents = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const verdicts = documents.map((document) => {
  try {
    new Application(document).validate();
    return null;
  } catch (error) {
    return String(error.message || error);
  }
});
process.stdout.write(JSON.stringify(verdicts));
