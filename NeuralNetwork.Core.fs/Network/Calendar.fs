namespace NeuralNetwork.Plans

open System
open NeuralNetwork.Maths

/// Days and moments as tables have them: 2024-02-29, 29.2.2024, 2/29/2024; with a time behind a T or a blank, or without.
module internal Calendar =

    /// The features of a day: the year with the part of it that has gone by, and the sine and cosine of the place in the year,
    /// the month and the week.
    [<Literal>]
    let FeaturesOfDay = 7

    /// The features of a moment: those of its day, and the sine and cosine of the place in the day.
    [<Literal>]
    let FeaturesOfMoment = 9

    /// What features are called, in their order.
    let names: string list =
        [ "year" ]
        @ [ for cycle in [ "year"; "month"; "week"; "day" ] do
                cycle + "_sin"
                cycle + "_cos" ]

    // Reading ---------------------------------------------------------------------------------------------------------

    /// The digits in front, at most so many, as a number; -1 where there are none or more.
    let private digits (most: int) (text: ReadOnlySpan<char>) (place: byref<int>) : int =
        let first = place
        let mutable number = 0

        while place < text.Length && place - first <= most && Char.IsAsciiDigit text[place] do
            number <- number * 10 + int text[place] - int '0'
            place <- place + 1

        if place = first || place - first > most then -1 else number

    let private skip (mark: char) (text: ReadOnlySpan<char>) (place: byref<int>) : bool =
        let isThere = place < text.Length && text[place] = mark

        if isThere then
            place <- place + 1

        isThere

    /// Behind a time there may be where on earth it is: Z, +02, +0200, +02:00. The time stays what it was there.
    let private isZone (text: ReadOnlySpan<char>) : bool =
        let mutable place = 1

        match text.Length with
        | 0 -> true
        | 1 -> text[0] = 'Z'
        | _ when text[0] <> '+' && text[0] <> '-' -> false
        | 5 when not (text.Contains ':') ->
            let number = digits 4 text &place
            number >= 0 && number / 100 < 24 && number % 100 < 60
        | _ ->
            let hours = digits 2 text &place

            place = 3
            && hours < 24
            && (text.Length = 3
                || (skip ':' text &place && digits 2 text &place < 60 && place = 6 && place = text.Length))

    /// The hour of the day where one of twelve stands before AM or PM; -1 where it is none of them.
    let private hourOfHalf (hour: int) (half: ReadOnlySpan<char>) : int =
        let isAfternoon = half.Equals("PM".AsSpan(), StringComparison.OrdinalIgnoreCase)

        if hour < 1 || hour > 12 then -1
        elif isAfternoon then hour % 12 + 12
        elif half.Equals("AM".AsSpan(), StringComparison.OrdinalIgnoreCase) then hour % 12
        else -1

    /// The part of a day: hours and minutes, seconds and their decimals if there are some; -1 where it is no time.
    let private ticksOf (text: ReadOnlySpan<char>) : int64 =
        let mutable place = 0
        let hours = digits 2 text &place
        let minutes = if skip ':' text &place then digits 2 text &place else -1
        let mutable seconds = 0
        let mutable decimals = 0L

        if skip ':' text &place then
            seconds <- digits 2 text &place

            if seconds >= 0 && (skip '.' text &place || skip ',' text &place) then
                let first = place
                let mutable unit = TimeSpan.TicksPerSecond

                while place < text.Length && Char.IsAsciiDigit text[place] do
                    unit <- unit / 10L
                    decimals <- decimals + unit * int64 (int text[place] - int '0')
                    place <- place + 1

                if place = first then
                    seconds <- -1

        let rest = text.Slice place
        let mark = if rest.Length > 1 && rest[0] = ' ' then rest.Slice 1 else rest
        let half = if mark.Length = 2 then hourOfHalf hours mark else -1
        let hours, isEnd = if half >= 0 then half, true else hours, isZone mark
        let isTime = hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds < 60

        if isTime && isEnd then
            (int64 hours * 60L + int64 minutes) * TimeSpan.TicksPerMinute
            + int64 seconds * TimeSpan.TicksPerSecond
            + decimals
        else
            -1L

    let private isDay (year: int) (month: int) (day: int) : bool =
        year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)

    /// Reads a day, or a moment of one. A year has four digits and stands in front or behind; behind, `isDayFirst` says what
    /// stands in front, and with points it is always the day. False where the text is no such thing.
    let tryRead (text: ReadOnlySpan<char>) (isDayFirst: bool) (moment: byref<DateTime>) : bool =
        let mutable place = 0
        let first = digits 4 text &place
        let isYearFirst = place = 4
        let mark = if place < text.Length then text[place] else ' '
        let isMark = mark = '-' || mark = '/' || mark = '.'
        let second = if isMark && skip mark text &place then digits 2 text &place else -1
        let start = place + 1
        let third = if second >= 0 && skip mark text &place then digits 4 text &place else -1

        let year, month, day =
            if isYearFirst then (if place - start <= 2 then first, second, third else -1, -1, -1)
            elif place - start <> 4 || first > 31 then -1, -1, -1
            elif isDayFirst || mark = '.' then third, second, first
            else third, first, second

        if not (isDay year month day) then
            false
        else
            let rest = text.Slice place

            let ticks =
                if rest.IsEmpty then 0L
                elif rest.Length > 1 && (rest[0] = 'T' || rest[0] = ' ') then ticksOf (rest.Slice 1)
                else -1L

            if ticks >= 0L then
                moment <- DateTime(year, month, day).AddTicks ticks

            ticks >= 0L

    // Features ----------------------------------------------------------------------------------------------------------

    let private writeTurn (turn: float) (features: Span<float>) : unit =
        features[0] <- Scalar.sineOfTurns turn
        features[1] <- Scalar.cosineOfTurns turn

    /// The features of a moment: as many as there is room for.
    let write (moment: DateTime) (features: Span<float>) : unit =
        let partOfDay = float moment.TimeOfDay.Ticks / float TimeSpan.TicksPerDay
        let days = if DateTime.IsLeapYear moment.Year then 366.0 else 365.0
        let partOfYear = (float (moment.DayOfYear - 1) + partOfDay) / days
        let daysOfMonth = float (DateTime.DaysInMonth(moment.Year, moment.Month))
        // The week begins on Monday.
        let weekday = float ((int moment.DayOfWeek + 6) % 7)
        features[0] <- float moment.Year + partOfYear
        writeTurn partOfYear (features.Slice(1, 2))
        writeTurn ((float (moment.Day - 1) + partOfDay) / daysOfMonth) (features.Slice(3, 2))
        writeTurn ((weekday + partOfDay) / 7.0) (features.Slice(5, 2))

        if features.Length = FeaturesOfMoment then
            writeTurn partOfDay (features.Slice(7, 2))
