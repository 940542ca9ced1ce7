using System.CommandLine;

var root = new RootCommand("Train, check and use multi-layer perceptrons.");
return root.Parse(args).Invoke();
