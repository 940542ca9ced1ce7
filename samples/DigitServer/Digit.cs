namespace DigitServer;

/// <summary>What a digit is: 28 x 28 pixels from 0 to 255, row by row, and one of ten classes.</summary>
internal static class Digit
{
    public const int Pixels = 784;

    public const int Classes = 10;

    /// <summary>What is wrong with the pixels of a digit, in a sentence; null where nothing is.</summary>
    public static string? Complaint(float[]? pixels)
    {
        if (pixels is not { Length: Pixels })
            return $"{pixels?.Length ?? 0} pixels ({Pixels} are expected).";
        var strange = Array.FindIndex(pixels, pixel => pixel is not (>= 0 and <= 255));
        return strange < 0 ? null : $"Pixel {strange} is {pixels[strange]} (0 to 255 is expected).";
    }
}
