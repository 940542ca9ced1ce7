using NeuralNetwork.Cli.App;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Cli.Storage;
using NeuralNetwork.Cli.Terminal;

// How `nn` looks at a library that may take the process down: it asks a child of itself.
if (args is ["doctor", Probe.Ask, var candidate])
    return Probe.Answer(candidate);
if (args is ["doctor", Probe.AskSpeed, var library])
    return Probe.AnswerSpeed(library);

Posix.IgnoreFileSizeLimit();
Outlet.UseUtf8();
return CommandTree.Run(args);
