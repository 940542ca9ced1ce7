using NeuralNetwork.Cli.Basics;

namespace NeuralNetwork.Cli.Sources;

/// <summary>The lines of a text in UTF-8, one after the other, without their ends and without the mark at the beginning.</summary>
internal sealed class LineReader(Stream text, string path, int longest)
{
    private byte[] buffer = new byte[1 << 16];
    private int start;
    private int end;
    private int lineEnd;
    private bool isAtEnd;

    /// <summary>The number of the line, from 1 on.</summary>
    public long Number { get; private set; }

    /// <summary>The line, until the next one.</summary>
    public ReadOnlySpan<byte> Current => buffer.AsSpan(start, lineEnd - start).TrimEnd((byte)'\r');

    /// <summary>The next line; false at the end.</summary>
    public bool Next()
    {
        start = Number == 0 ? 0 : Math.Min(lineEnd + 1, end);
        var looked = start;
        while (true)
        {
            var found = buffer.AsSpan(looked, end - looked).IndexOf((byte)'\n');
            if (found >= 0 || isAtEnd)
            {
                lineEnd = found >= 0 ? looked + found : end;
                break;
            }
            looked = end - start;
            Fill();
        }
        if (isAtEnd && start == end)
            return false;
        Number++;
        if (Number == 1 && Current.StartsWith("\uFEFF"u8))
            start += 3;
        return true;
    }

    // What is left of the last block goes to the front.
    private void Fill()
    {
        var left = end - start;
        if (left > longest)
            throw Failure.BadInput($"{path}: line {Number + 1}: longer than {longest} bytes");
        if (left == buffer.Length)
            Array.Resize(ref buffer, 2 * buffer.Length);
        else
            buffer.AsSpan(start, left).CopyTo(buffer);
        (start, end) = (0, left);
        var count = text.Read(buffer.AsSpan(end));
        isAtEnd = count == 0;
        end += count;
    }
}
