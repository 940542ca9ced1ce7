namespace NeuralNetwork.Cli.Basics;

/// <summary>Takes bytes and keeps nothing but their number.</summary>
internal sealed class ByteCount : Stream
{
    private long length;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => length;

    public override long Position
    {
        get => length;
        set => throw new NotSupportedException();
    }

    /// <summary>How many bytes are written by work.</summary>
    public static long Of(Action<Stream> write)
    {
        using var count = new ByteCount();
        write(count);
        return count.length;
    }

    public override void Write(ReadOnlySpan<byte> buffer) => length += buffer.Length;

    public override void Write(byte[] buffer, int offset, int count) => length += count;

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
