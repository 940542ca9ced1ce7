@echo off
rem Runs a target of build.cake: build.cmd [Build^|Test^|Demo^|Format^|Mkl^|Faults^|Publish^|Pack^|PackCheck^|Native^|Api^|Clean]
setlocal
cd /d "%~dp0"
set DOTNET_NOLOGO=1
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_CLI_USE_MSBUILD_SERVER=0
set MSBUILDDISABLENODEREUSE=1

dotnet --version >nul 2>&1
if errorlevel 1 (
    echo build.cmd: the .NET 10 SDK is missing; install it: https://dot.net/download 1>&2
    exit /b 2
)

set TARGET=%~1
if "%TARGET%"=="" set TARGET=Build
set SUMMARY=artifacts\tests\summary.txt
if exist %SUMMARY% del %SUMMARY%
dotnet tool restore >nul
if errorlevel 1 exit /b 1
dotnet dotnet-cake build.cake --target=%TARGET% --verbosity=minimal
set CODE=%ERRORLEVEL%
if exist %SUMMARY% type %SUMMARY%
exit /b %CODE%
