using Microsoft.Extensions.Logging;

namespace NeuralNetwork.Extensions;

/// <summary>What a source says of its model.</summary>
internal static partial class ModelLog
{
    [LoggerMessage(1, LogLevel.Information, "Model {Name}: version {Version} is {Model}, from {Path}")]
    public static partial void Loaded(ILogger logger, string name, int version, string model, string path);

    [LoggerMessage(2, LogLevel.Information, "Model {Name}: warmed up, the first answer took {Milliseconds:F1} ms")]
    public static partial void WarmedUp(ILogger logger, string name, double milliseconds);

    [LoggerMessage(3, LogLevel.Warning, "Model {Name}: {Path} is not taken, version {Version} stays: {Reason}")]
    public static partial void Refused(ILogger logger, string name, string path, int version, string reason);

    [LoggerMessage(4, LogLevel.Information, "Model {Name}: no events for {Path}, a look every {Seconds} s ({Reason})")]
    public static partial void NoEvents(ILogger logger, string name, string path, double seconds, string reason);

    [LoggerMessage(5, LogLevel.Error, "Model {Name}: what was to happen at the change to version {Version} has failed")]
    public static partial void ChangeFailed(ILogger logger, Exception error, string name, int version);

    [LoggerMessage(6, LogLevel.Information, "Model {Name}: {Path} is that of version {Version} again")]
    public static partial void BackAgain(ILogger logger, string name, string path, int version);
}
