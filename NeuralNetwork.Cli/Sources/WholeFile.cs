using Microsoft.FSharp.Core;
using NeuralNetwork.Cli.Basics;
using NeuralNetwork.Formats;

namespace NeuralNetwork.Cli.Sources;

/// <summary>
/// Files that are read whole, each into one array that has its length from the beginning. No array is taken for a length
/// that cannot be right, so a small packed file that unpacks to a huge one does no harm.
/// </summary>
internal static class WholeFile
{
    // Text is packed to a tenth. Four times as much on top of what is harmless anyway leaves room for any honest file.
    private const long Harmless = 64 << 20;
    private const long GreatestRatio = 40;

    // Deflate makes at most 1032 bytes of one: what says that it unpacks to more is lying.
    private const long GreatestOfAll = 1032;

    /// <summary>A file that says nothing about its own length.</summary>
    public static (byte[] Bytes, ReadFile File) Read(string path)
    {
        using var source = SourceFile.Open(path);
        var length = source.AnnouncedLength;
        var limit = source.IsPacked ? Harmless + (GreatestRatio * source.StoredLength) : Array.MaxLength;
        if (source.IsPacked && length > limit)
            throw Failure.BadInput(
                $"{path}: {source.Packing}: {length} bytes unpacked, its end says (limit {limit} for this file; is it damaged?)"
            );
        if (length > Array.MaxLength)
            throw Failure.BadInput($"{path}: {length} bytes (limit {Array.MaxLength})");
        return (Fill(source, [], (int)length), source.End());
    }

    /// <summary>
    /// A file whose beginning says how long it is. Only the beginning where that cannot be understood: what is wrong is
    /// found by whoever reads it.
    /// </summary>
    public static byte[] Read(SourceFile source, int longestHeader, Func<byte[], FSharpResult<long, Defect>> promise)
    {
        var beginning = new byte[longestHeader];
        var length = source.ReadAtLeast(beginning, longestHeader, throwOnEndOfStream: false);
        Array.Resize(ref beginning, length);
        var promised = promise(beginning);
        if (promised.IsError || length < longestHeader)
            return beginning;
        var isPossible = !source.IsPacked || promised.ResultValue <= GreatestOfAll * source.StoredLength;
        if (!isPossible || promised.ResultValue != source.AnnouncedLength || promised.ResultValue < length)
            throw Refuse(source, promised.ResultValue, length + Pass(source, promised.ResultValue + 1 - length));
        return Fill(source, beginning, (int)promised.ResultValue);
    }

    private static byte[] Fill(SourceFile source, byte[] beginning, int length)
    {
        var bytes = new byte[length];
        beginning.CopyTo(bytes, 0);
        var rest = bytes.AsSpan(beginning.Length);
        var found = beginning.Length + source.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false);
        if (found == length && Pass(source, 1) == 0)
            return bytes;
        throw Refuse(source, length, found == length ? found + 1 : found);
    }

    /// <summary>Reads on without keeping anything: the number of bytes there were, at most so many.</summary>
    private static long Pass(SourceFile source, long most)
    {
        var buffer = new byte[1 << 16];
        var passed = 0L;
        while (
            passed < most
            && source.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, most - passed))) is > 0 and var count
        )
            passed += count;
        return passed;
    }

    private static Failure Refuse(SourceFile source, long expected, long found) =>
        Failure.BadInput(
            found <= expected ? $"{source.Path}: length: expected {expected} bytes, found {found}"
            : source.IsPacked && expected == source.AnnouncedLength
                ? $"{source.Path}: {source.Packing}: more than the {expected} bytes that its end speaks of (is something appended?)"
            : $"{source.Path}: length: expected {expected} bytes, found {expected + 1} or more"
        );
}
